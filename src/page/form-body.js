/**
 * The form as the JSON of the API. It knows where a field goes (a JSON pointer) and how its text is
 * read, and no rule beyond: what does not read as a number is sent as typed, and the service says what
 * it expected.
 */

/**
 * @typedef {object} FieldValue
 * @property {string} pointer
 * @property {string} kind
 * @property {string} text
 */

/**
 * @param {readonly FieldValue[]} fields
 * @returns {Record<string, unknown>}
 */
export function bodyOf(fields) {
  /** @type {Record<string, unknown>} */
  const body = {};
  for (const { pointer, kind, text } of fields) {
    const typed = text.trim();
    if (typed !== '') put(body, pointer.split('/').slice(1), readAs(kind, typed));
  }
  return body;
}

/**
 * @param {Record<string, unknown>} body
 * @param {readonly string[]} path
 * @param {unknown} value
 */
function put(body, [key = '', ...rest], value) {
  if (rest.length === 0) {
    body[key] = value;
    return;
  }
  const inner = /** @type {Record<string, unknown>} */ (body[key] ?? {});
  body[key] = inner;
  put(inner, rest, value);
}

/**
 * @param {string} kind
 * @param {string} text
 * @returns {unknown}
 */
function readAs(kind, text) {
  switch (kind) {
    case 'number':
      return numberOf(text) ?? text;
    case 'json':
      return jsonOf(text) ?? text;
    case 'pairs':
      return pairsOf(text);
    case 'tiers':
      return tiersOf(text);
    default:
      return text;
  }
}

/** @param {string} text */
function numberOf(text) {
  // `Number` also takes the empty text, `0x10` and `Infinity`.
  return /^[-+]?\d+(\.\d+)?(e[-+]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

/** @param {string} text */
function jsonOf(text) {
  const number = numberOf(text);
  if (number !== undefined) return number;
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @param {string} text */
function pairsOf(text) {
  /** @type {[string, string][]} */
  const pairs = linesOf(text).map((line) => {
    const at = line.indexOf('=');
    return at < 0 ? [line, ''] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
  });
  return Object.fromEntries(pairs);
}

/**
 * `name: SLO` on every line makes tiers; anything else is one SLO, whatever its lines.
 * @param {string} text
 */
function tiersOf(text) {
  const tiers = linesOf(text).map((line) => /^([\w.-]+)\s*:\s*(.+)$/.exec(line));
  if (tiers.length > 0 && tiers.every((tier) => tier !== null)) {
    return tiers.map((tier) => ({ name: tier?.[1] ?? '', objectives: tier?.[2] ?? '' }));
  }
  return linesOf(text).join(' ');
}

/** @param {string} text */
function linesOf(text) {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/**
 * The check takes the body of a search: that of a gate is a search over its one load.
 * @param {Record<string, unknown>} body
 * @returns {Record<string, unknown>}
 */
export function asSearch({ at_least: atLeast, load, ...rest }) {
  const range = atLeast === undefined ? {} : { min: atLeast, max: atLeast };
  return {
    ...rest,
    ...(atLeast === undefined ? {} : { required_at_least: atLeast }),
    load: { ...Object(load), ...range },
  };
}

/**
 * Where a fault of that search belongs in the gate.
 * @param {string} pointer
 */
export function placeInGate(pointer) {
  return /^\/(load\/(min|max)|required_at_least)$/.test(pointer) ? '/at_least' : pointer;
}

/**
 * The other way: a question as the fields' texts, for starting with the same one.
 * @param {unknown} body
 * @param {string} pointer
 * @param {string} kind
 * @returns {string}
 */
export function textOf(body, pointer, kind) {
  let value = body;
  for (const key of pointer.split('/').slice(1)) {
    value = typeof value === 'object' && value !== null ? Object(value)[key] : undefined;
  }
  if (value === undefined || value === null) return '';
  if (kind === 'pairs' && typeof value === 'object') {
    return Object.entries(value)
      .map(([name, one]) => `${name}=${one}`)
      .join('\n');
  }
  if (kind === 'tiers' && Array.isArray(value)) {
    return value.map((tier) => `${tier.name}: ${tier.objectives}`).join('\n');
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
