/** The cursor of a page: the place of the last row shown, so that new searches never shift a page. */
interface Place {
  readonly createdAtMs: number;
  readonly id: string;
}

export function toCursor(place: Place): string {
  return Buffer.from(`${place.createdAtMs}/${place.id}`).toString('base64url');
}

/** Undefined when the text is not a cursor of ours. */
export function parseCursor(cursor: string): Place | undefined {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  const match = /^(\d{1,15})\/([\w-]{1,64})$/.exec(text);
  const [, createdAtMs, id] = match ?? [];
  if (createdAtMs === undefined || id === undefined) return undefined;
  return { createdAtMs: Number(createdAtMs), id };
}
