/** Returns the message of an error, or the thrown value as a string when it is not an error. */
export const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error));
