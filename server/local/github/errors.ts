/** An answer that says no, in GitHub's shape. Thrown by handlers, rendered in one place (rest.ts). */

export interface FieldError {
  resource: string;
  field?: string;
  code: string;
  message?: string;
}

export class ApiError extends Error {
  readonly status: number;
  readonly errors: FieldError[] | undefined;

  constructor(status: number, message: string, errors?: FieldError[]) {
    super(message);
    this.status = status;
    this.errors = errors;
  }

  body(): Record<string, unknown> {
    return {
      message: this.message,
      ...(this.errors === undefined ? {} : { errors: this.errors }),
      documentation_url: 'https://docs.github.com/rest',
      status: String(this.status),
    };
  }
}

export const notFound = () => new ApiError(404, 'Not Found');

/** GitHub's 422 for a request that is well-formed but wrong. */
export function invalid(resource: string, field: string, message: string): ApiError {
  return new ApiError(422, 'Validation Failed', [{ resource, field, code: 'custom', message }]);
}
