/** A process that owns a store file, writes one search, says so and waits to be killed. */
import { openSqliteStore } from '../../../src/service/store/sqlite-store.ts';
import { newSearch } from './samples.ts';

const [, , file] = process.argv;
if (file === undefined) throw new Error('usage: store-owner.ts FILE');
const opened = await openSqliteStore(file);
if (!opened.ok) throw new Error(opened.error.message);
await opened.value.createSearch(newSearch('owned'), undefined, []);
process.send?.('ready');
// Bounded: an owner whose parent died must not live on.
setTimeout(() => process.exit(1), 30_000);
