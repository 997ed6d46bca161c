/** Tools that the set-up (`apps/stowage/setup`) found or fetched. */
export interface Tools {
  /** Root folder of this clone. */
  readonly root: string;
  /** Path of the program. */
  readonly natsServer: string;
  /** Folder of Postgres's programs. */
  readonly postgres: string;
  /** Path of the program. */
  readonly haproxy: string;
  /** Path of Docker's socket. */
  readonly docker: string;
  /** Returns the user that runs Postgres on the data in `folder`, and the words to put before its commands. */
  readonly postgresIdentity: (folder: string) => PostgresIdentity;
}

export interface PostgresIdentity {
  /** Absent if Postgres runs as our own user. */
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly prefix: readonly string[];
}
