/**
 * Which field a fault of the problem document belongs to: the one with its pointer, else the one that
 * holds it, else the first inside it. A fault without a field is told above the form, so none is lost.
 */

/**
 * @typedef {object} Fault
 * @property {string} pointer
 * @property {string} expected
 * @property {string} received
 * @property {number} [line]
 * @property {number} [column]
 */

/**
 * @param {string} pointer
 * @param {readonly string[]} fields Pointers of the fields, in their order on the page.
 * @returns {string | undefined}
 */
export function fieldOf(pointer, fields) {
  const holding = fields
    .filter((field) => pointer === field || pointer.startsWith(`${field}/`))
    .sort((a, b) => b.length - a.length)[0];
  return holding ?? fields.find((field) => pointer !== '' && field.startsWith(`${pointer}/`));
}

/**
 * @param {Fault} fault
 * @returns {string}
 */
export function faultText({ expected, received, line, column }) {
  return `Expected ${expected}${placeText(line, column)}; got ${received}.`;
}

/**
 * Of a text in a field of one line its column; of a data file its line.
 * @param {number} [line]
 * @param {number} [column]
 * @returns {string}
 */
function placeText(line, column) {
  if (column === undefined) return line === undefined ? '' : ` in line ${line}`;
  return ` at ${line === undefined || line === 1 ? '' : `line ${line}, `}column ${column}`;
}
