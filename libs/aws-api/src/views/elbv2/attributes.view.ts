/** Returns attributes in the form that the three kinds of resources share. */
export function attributesView(
  values: Readonly<Record<string, string>>,
): readonly { readonly Key: string; readonly Value: string }[] {
  return Object.entries(values).map(([Key, Value]) => ({ Key, Value }));
}
