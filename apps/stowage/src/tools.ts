/** What the set-up (`apps/stowage/setup`) found or fetched, and hands over. */
export interface Tools {
  /** The folder of this clone. */
  readonly root: string;
  /** The program. */
  readonly natsServer: string;
  /** The folder of Postgres's programs. */
  readonly postgres: string;
  /** The program. */
  readonly haproxy: string;
  /** Docker's socket. */
  readonly docker: string;
  /** As whom Postgres runs over the data in `folder`, and the words to put before its commands for that. */
  readonly postgresIdentity: (folder: string) => PostgresIdentity;
}

export interface PostgresIdentity {
  /** Absent: as ourselves. */
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly prefix: readonly string[];
}
