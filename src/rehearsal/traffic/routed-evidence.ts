import type { Arm, Window } from '#decision'
import type { EvidenceSource } from '#evidence'
import type { ArmSide, RouterCounts } from './router-counts.ts'

/**
 * Adds to the pods' own counts the requests that only the router knows of: those that never reached a pod, broke off with it
 * or took too long. In a cluster the mesh's metrics tell the same.
 */
export function routedEvidence(source: EvidenceSource, counts: Pick<RouterCounts, 'take'>): EvidenceSource {
  return {
    async collect(nowMs, signal) {
      const { windows, notes } = await source.collect(nowMs, signal)
      return { windows: windows.map((window) => addLosses(window, counts)), notes }
    },
  }
}

function addLosses(window: Window, counts: Pick<RouterCounts, 'take'>): Window {
  const canary = addTo('canary', window.canary)
  const stable = addTo('stable', window.stable)
  return { ...window, ...(canary && { canary }), ...(stable && { stable }) }

  function addTo(side: ArmSide, arm: Arm | undefined): Arm | undefined {
    const { requests = 0, errors = 0 } = arm ?? {}
    const lost = counts.take(side, Date.parse(window.at), requests, errors)
    if (lost.requests === 0 && lost.errors === 0) return arm
    return { ...arm, requests: requests + lost.requests, errors: errors + lost.errors }
  }
}
