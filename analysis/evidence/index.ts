export type { Collected, EvidenceNote, EvidenceSource, ScrapeTarget, WeightAt } from './source.ts'
