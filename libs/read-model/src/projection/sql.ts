/** Runs one statement. */
export type Sql = <Row>(statement: string, parameters: readonly unknown[]) => Promise<readonly Row[]>;

/** A statement and its parameters. */
export type Statement = readonly [text: string, parameters: readonly unknown[]];
