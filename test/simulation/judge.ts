import type { Window } from '#decision'

/** Sees the windows of one rollout in order and answers each with whether it speaks: usually, whether it would abort. */
export type Watch = (window: Window) => boolean

/** A rule that judges rollouts: our gate, a rule of today, or an oracle that knows the truth. */
export interface Judge {
  readonly name: string
  /** Only the gate sees the windows from before the rollout, at weight 0: today's rules have no use for them. */
  readonly kind: 'gate' | 'rule' | 'oracle'
  /** Begins to watch a new rollout. */
  readonly open: () => Watch
}
