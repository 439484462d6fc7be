/** Classes that are counted one by one; a model that names more would cost a time series each. */
const MAX_CLASSES = 100
const MAX_NAME_LENGTH = 80

/** What classes beyond the hundredth are counted as. */
export const OTHER_CLASS = 'other'

/** Names a class for the metrics, given the label a model predicted or the place of its highest score. */
export type NameClass = (label: string) => string

/**
 * Names classes and bounds how many there are: the first hundred that appear keep their names, later ones are `other`.
 *
 * @param names names of the classes 0, 1, 2 ...; a label outside of them stands as it is, since a class that nobody
 *   expected is what a comparison has to see
 */
export function classNamer(names: readonly string[]): NameClass {
  const known = new Map<string, string>(names.slice(0, MAX_CLASSES).map((name, i) => [String(i), name]))
  return (label) => {
    const name = known.get(label)
    if (name !== undefined) return name
    if (known.size >= MAX_CLASSES) return OTHER_CLASS
    const shown = label.slice(0, MAX_NAME_LENGTH)
    known.set(label, shown)
    return shown
  }
}
