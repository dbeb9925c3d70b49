/**
 * Loads live on an integer grid, so that "the same load" is an exact question: one stream per unit
 * for concurrency, one thousandth of a request per second for the request rate.
 */
import type { Axis } from '../base/axis.ts';

/** Grid units in one natural unit of the axis (1 stream, 1 req/s). */
const UNITS_PER_STREAM = 1;
const UNITS_PER_RPS = 1_000;

export function unitsPerLoad(axis: Axis): number {
  return axis === 'concurrency' ? UNITS_PER_STREAM : UNITS_PER_RPS;
}

/** A load in natural units (streams or req/s) as the nearest grid point, at least 1 unit. */
export function toUnits(axis: Axis, load: number): number {
  return Math.max(1, Math.round(load * unitsPerLoad(axis)));
}

/** A grid point in natural units: streams or req/s. */
export function toLoad(axis: Axis, units: number): number {
  return units / unitsPerLoad(axis);
}

/** ln of the load (in natural units) of a grid point, as a function for one axis. */
export function lnLoadOf(axis: Axis): (units: number) => number {
  const perLoad = unitsPerLoad(axis);
  return (units) => Math.log(units / perLoad);
}
