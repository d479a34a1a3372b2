import { maskSecrets } from './secrets';

/** Characters masked between two pauses. */
const PIECE = 16_384;
/** Where a text has no place to cut it within so many characters, a piece is longer. */
const MAX_PIECE = 65_536;

/** What stands before white space that may be a part of a credential: a name, what gives it its value, the head of a key. */
const MAY_GO_ON = /(?:[=:]|password|passwd|pwd|secret|key|token|bearer|basic|-(?:BEGIN|END)[A-Z ]{0,30})["']?$/i;
const KEY_BEGINS = '-----BEGIN';
const KEY_ENDS = '-----END';

/** As `maskSecrets`, in pieces that no credential reaches across, with a pause after each. */
export async function maskInPieces(
  text: string,
  onFound: (name: string) => void,
  pause: () => Promise<void>,
): Promise<string> {
  const pieces: string[] = [];
  for (let from = 0; from < text.length;) {
    const to = cutBehind(text, from);
    pieces.push(maskSecrets(text.slice(from, to), onFound));
    from = to;
    await pause();
  }
  return pieces.join('');
}

/** Where a piece that begins at `from` may end: before white space that is in no credential. */
function cutBehind(text: string, from: number): number {
  const begins = from + PIECE;
  if (begins >= text.length) return text.length;
  const isSpace = /\s/g;
  isSpace.lastIndex = begins;
  for (let found = isSpace.exec(text); found !== null; found = isSpace.exec(text)) {
    const at = found.index;
    // White space within white space is as good as its beginning, but what stands before it is further away.
    if (/\s/.test(text[at - 1] ?? '')) continue;
    if (MAY_GO_ON.test(text.slice(Math.max(from, at - 48), at))) continue;
    const piece = text.slice(from, at);
    if (piece.lastIndexOf(KEY_BEGINS) > piece.lastIndexOf(KEY_ENDS) && at - from < MAX_PIECE) continue;
    return at;
  }
  return text.length;
}
