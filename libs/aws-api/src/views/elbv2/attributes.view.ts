/** Attributes as all three kinds of the API list them. */
export function attributesView(
  values: Readonly<Record<string, string>>,
): readonly { readonly Key: string; readonly Value: string }[] {
  return Object.entries(values).map(([Key, Value]) => ({ Key, Value }));
}
