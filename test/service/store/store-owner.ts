/** A process that owns a store (a file or a database), writes one search, says so and waits to be killed. */
import { openPostgresStore } from '../../../src/service/store/postgres-store.ts';
import { openSqliteStore } from '../../../src/service/store/sqlite-store.ts';
import { newSearch } from './samples.ts';

const [, , place] = process.argv;
if (place === undefined) throw new Error('usage: store-owner.ts FILE|URL');
const opened = await (place.startsWith('postgres:')
  ? openPostgresStore(place, () => process.exit(1))
  : openSqliteStore(place));
if (!opened.ok) throw new Error(opened.error.message);
await opened.value.createSearch(newSearch('owned'), undefined, []);
process.send?.('ready');
// Bounded: an owner whose parent died must not live on.
setTimeout(() => process.exit(1), 30_000);
