/** A number without unit with three significant digits, whatever its size: `0.0123`, `9.34`, `12400`, `1.2e-7`. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  const rounded = Number(value.toPrecision(3))
  const size = Math.abs(rounded)
  if (size !== 0 && (size < 1e-4 || size >= 1e7)) return rounded.toExponential().replace('e+', 'e').replaceAll('-', '−')
  return String(rounded).replace('-', '−')
}

/** How many times as long: `1.05×`. */
export function formatRatio(ratio: number): string {
  return `${ratio.toFixed(2)}×`
}

/** A cosine similarity that says 1 only where it is: `0.8312`, `0.999988`, `1`. */
export function formatCosine(cosine: number): string {
  if (cosine === 1) return '1'
  const digits = Math.min(16, Math.max(4, 1 - Math.floor(Math.log10(1 - cosine))))
  return cosine.toFixed(digits).replace('-', '−')
}

/** A share of agreement as a percentage that says 100 % only where it is: `99.93 %`, `70 %`. */
export function formatAgreement(share: number): string {
  if (share === 1) return '100 %'
  return `${(Math.floor(share * 1e4) / 100).toFixed(2).replace(/\.?0+$/, '')} %`
}
