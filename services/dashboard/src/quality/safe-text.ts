import { isUtf8 } from 'node:buffer';

/** Bytes of a record that are shown. */
export const SHOWN_BYTES = 4_096;
const BASE64 = 'base64:';
/** Control characters but tab and line ends; what turns the direction of text, so that it reads otherwise than it is. */
const UNSEEN = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;
const REPLACEMENT = '\ufffd';

/** Text in which everything can be seen: a control character is shown as its symbol, what JSON could not hold as U+FFFD. */
export const visible = (text: string): string =>
  text.toWellFormed().replace(UNSEEN, (character) => {
    const code = character.charCodeAt(0);
    if (code === 9 || code === 10 || code === 13) return character;
    if (code < 32) return String.fromCharCode(0x2400 + code);
    return code === 127 ? '\u2421' : REPLACEMENT;
  });

/** What is shown of bytes: text where they are text, else `base64:` and their base64. */
export function bytesText(bytes: Uint8Array, most = SHOWN_BYTES): { readonly text: string; readonly cut: boolean } {
  const cut = bytes.length > most;
  const shown = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, most));
  const whole = cut ? withoutHalf(shown) : shown;
  const text = isUtf8(whole) ? visible(whole.toString('utf8')) : `${BASE64}${shown.toString('base64')}`;
  return { text, cut };
}

/** Without the beginning of a character that the cut went through. */
function withoutHalf(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) return bytes;
    if (byte >= 0xc0) {
      const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return needed > back ? bytes.subarray(0, bytes.length - back) : bytes;
    }
  }
  return bytes;
}

/** An instant of the database as the contract has it; null for one that no calendar of four digits knows. */
export const instantText = (at: number | null): string | null =>
  at !== null && at >= -62_167_219_200_000 && at <= 253_402_300_799_999 ? new Date(at).toISOString() : null;
