/**
 * Who may import whom: the one place where the table is data. `src/README.md` shows it to people, and
 * a test compares the two and holds both against the real imports.
 */
export interface Row {
  readonly room: string;
  /** A room, a floor with a star (`core/*`), or one file: the port through which a room is entered. */
  readonly mayImport: readonly string[];
  /** Packages beside ours; `node:` modules are told apart by `node`. */
  readonly packages: readonly string[];
  readonly node: boolean;
  /** May write `console`, read the clock, the environment, random numbers. */
  readonly pure: boolean;
}

const pure = (room: string, mayImport: string[], packages: string[] = []): Row => ({
  room,
  mayImport,
  packages,
  node: false,
  pure: true,
});

const acting = (room: string, mayImport: string[], packages: string[] = []): Row => ({
  room,
  mayImport,
  packages,
  node: true,
  pure: false,
});

/** Runs in a browser: nothing of Node, no package, and what it reaches it reaches by `fetch`. */
const browser = (room: string, mayImport: string[]): Row => ({
  room,
  mayImport,
  packages: [],
  node: false,
  pure: false,
});

export const IMPORT_TABLE: readonly Row[] = [
  pure('core/base', []),
  pure('core/stats', ['core/base']),
  pure('core/workload', ['core/base', 'core/stats']),
  pure('core/metrics', ['core/base', 'core/stats']),
  // node:buffer is a way to hold bytes, not to reach anything.
  pure(
    'core/dialect',
    ['core/base', 'core/stats', 'core/workload', 'core/metrics'],
    ['node:buffer'],
  ),
  pure(
    'core/policy',
    ['core/base', 'core/stats', 'core/workload', 'core/metrics', 'core/dialect'],
    ['mathjs', 'yaml', 'zod'],
  ),
  pure('core/search', ['core/base', 'core/stats']),
  pure('core/probe', [
    'core/base',
    'core/stats',
    'core/workload',
    'core/metrics',
    'core/policy',
    'core/search',
  ]),
  pure('core/frontier', [
    'core/base',
    'core/stats',
    'core/workload',
    'core/metrics',
    'core/policy',
    'core/search',
    'core/probe',
  ]),
  // Plot computes marks and linkedom holds the tree that it writes: both without a clock or a browser.
  pure('view', ['core/*'], ['@observablehq/plot', 'linkedom', 'hono/html']),
  browser('page', []),
  acting('sim', ['core/base', 'core/stats', 'core/workload', 'core/metrics']),
  acting(
    'load',
    ['core/base', 'core/workload', 'core/dialect', 'core/metrics'],
    ['undici', 'openai', 'csv-parse/sync', '@huggingface/tokenizers'],
  ),
  acting('service/store', ['core/*'], ['better-sqlite3', 'kysely', 'pg']),
  acting('service/engine', ['core/*', 'load/port.ts', 'service/store/store-port.ts']),
  // A generator of a worker is the one of the service, at the other end of a line.
  acting(
    'service/workers',
    [
      'core/*',
      'load/generator-process.ts',
      'load/local-load.ts',
      'load/port.ts',
      'load/protocol.ts',
      'load/shared-clock.ts',
      'service/engine',
      'service/store/postgres-database.ts',
    ],
    ['pg'],
  ),
  acting('service/access', ['core/*'], ['jose', 'yaml', 'zod']),
  // OpenTelemetry's API alone costs nothing without its SDK, which the door loads when it is asked to.
  acting(
    'service/runner',
    [
      'core/*',
      'service/access',
      'service/engine/engine-port.ts',
      'service/store/store-port.ts',
      'service/store/search-record.ts',
    ],
    ['@opentelemetry/api'],
  ),
  acting(
    'service/http',
    ['core/*', 'view', 'service/access', 'service/runner', 'service/store/store-port.ts'],
    ['hono', '@hono/node-server', '@hono/zod-openapi', '@opentelemetry/api', 'yaml', 'zod'],
  ),
  acting(
    'cli',
    ['core/*', 'view', 'sim', 'service/*', 'main.ts'],
    ['../../package.json', 'yaml', 'zod'],
  ),
  acting(
    'door',
    ['door', 'core/*', 'view', 'sim', 'load', 'service/*'],
    [
      '../package.json',
      '@opentelemetry/api',
      '@opentelemetry/sdk-trace',
      '@opentelemetry/exporter-trace-otlp-proto',
      '@opentelemetry/resources',
      'pino',
      'prom-client',
      'zod',
    ],
  ),
];

/** Files of `sim/` that act: the HTTP face. The model and its virtual time are as pure as `core/`. */
export const SIM_FACE = /^sim\/http(\/|-|\.)/;

/** May `from` (a room) import the file `path` of `room`? */
export function allows(row: Row, path: string, room: string): boolean {
  if (room === row.room) return true;
  return row.mayImport.some((entry) => {
    if (entry.endsWith('.ts')) return entry === path;
    if (entry.endsWith('/*')) return room.startsWith(entry.slice(0, -1));
    return entry === room;
  });
}

export function packageAllowed(row: Row, specifier: string): boolean {
  if (specifier.startsWith('computed:')) return false;
  if (specifier.startsWith('node:') && row.node) return true;
  return row.packages.some((name) => specifier === name || specifier.startsWith(`${name}/`));
}
