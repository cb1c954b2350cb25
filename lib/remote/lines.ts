/** Cuts what arrives in pieces into lines. One longer than `longest` characters comes in parts: a host must not fill our memory. */
export async function* linesOf(pieces: AsyncIterable<Uint8Array>, longest: number): AsyncGenerator<string, void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of pieces) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
    while (rest.length > longest) {
      yield rest.slice(0, longest);
      rest = rest.slice(longest);
    }
  }
  rest += decoder.decode();
  if (rest !== "") yield rest;
}
