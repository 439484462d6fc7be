import type { Cell } from '../cell.ts'
import { edgeCells } from './edge-cells.ts'
import { errorCells } from './error-cells.ts'
import { latencyCells } from './latency-cells.ts'
import { predictionCells } from './prediction-cells.ts'
import { promotionCells } from './promotion-cells.ts'
import { shadowCells } from './shadow-cells.ts'
import { stressCells } from './stress-cells.ts'
import { wholeGateCells } from './whole-gate-cells.ts'

/** Every cell of the calibration, in the order of the tables. */
export const cells: readonly Cell[] = [
  ...errorCells,
  ...latencyCells,
  ...predictionCells,
  ...shadowCells,
  ...edgeCells,
  ...wholeGateCells,
  ...stressCells,
  ...promotionCells,
]
