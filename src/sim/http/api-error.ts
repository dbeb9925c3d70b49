/** Error objects as vLLM writes them: `{"error": {message, type, param, code}}`. */
export interface ApiError {
  readonly status: number;
  readonly type: string;
  readonly message: string;
  readonly param: string | null;
  readonly retryAfterS?: number;
}

export function badRequest(message: string, param: string | null = null): ApiError {
  return { status: 400, type: 'BadRequestError', message, param };
}

export function notFound(message: string, param: string | null = null): ApiError {
  return { status: 404, type: 'NotFoundError', message, param };
}

export function errorBody({ status, type, message, param }: ApiError): string {
  return JSON.stringify({ error: { message, type, param, code: status } });
}
