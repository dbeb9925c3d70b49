/** A hook: an unguessable address that may ask gates, and only those that it is bound to. */
export interface StoredHook {
  readonly id: string;
  readonly name: string;
  /** SHA-256 of the token, as hex: who reads the store cannot call the hook. */
  readonly tokenHash: string;
  readonly createdAtMs: number;
  /** Who made it. */
  readonly caller: string;
  /** What it may ask, in the spelling of the API, as it was checked when it was made. */
  readonly binding: unknown;
}
