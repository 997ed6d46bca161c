/** What secrets are in the journal: sealed under the deployment's key. */
export interface SecretBox {
  seal(secret: string): string;
  open(sealed: string): string;
}
