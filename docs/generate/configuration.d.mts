/** The file that `npm run docs` writes. */
export const PAGE: string;
/** Returns the page as text, generated from the configuration classes. */
export function configurationPage(): Promise<string>;
