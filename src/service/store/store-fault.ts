/** Why a store does not open, whatever engine is under it: a stable code, and words for the operator. */
export interface StoreFault {
  readonly code: 'store_locked' | 'store_network_file_system' | 'store_unusable' | 'store_newer';
  /** What is wrong and what helps. */
  readonly message: string;
}

/** Several addresses that all refused come as one error without words, and only its code tells. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.message !== '') return error.message;
  return 'code' in error ? String(error.code) : error.name;
}
