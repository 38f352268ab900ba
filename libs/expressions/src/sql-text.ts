/** A text literal whatever standard_conforming_strings says: with a backslash in it, in the E form. */
export const quotedText = (text: string): string => {
  const doubled = text.replaceAll("'", "''");
  return doubled.includes('\\') ? `E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`;
};
