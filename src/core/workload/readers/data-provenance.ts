/** What a result says of a data file that it was measured with. */
export interface DataProvenance {
  /** Name of the workload's part. */
  readonly part: string;
  readonly path: string;
  readonly format: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Requests that the file holds, and those that the load is made of. */
  readonly rows: number;
  readonly rowsUsed: number;
  /** `first`: the beginning of a file whose order means something; `reservoir`: of all rows alike. */
  readonly sampling: 'all' | 'first' | 'reservoir';
}
