// The little of XML that S3's answers are made of: elements without attributes that matter, text, five entities.

const entities: Readonly<Record<string, string>> = {
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&amp;': '&',
};

function decodeEntities(text: string): string {
  return text.replace(/&(?:lt|gt|quot|apos|amp|#\d+|#x[0-9a-f]+);/gi, (entity) => {
    if (entity[1] !== '#') return entities[entity.toLowerCase()]!;
    const hex = entity[2]?.toLowerCase() === 'x';
    const code = Number.parseInt(entity.slice(hex ? 3 : 2), hex ? 16 : 10);
    return code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
  });
}

/** What stands inside each element of the name, as it was sent. Elements of one name do not nest in these answers. */
export function elements(xml: string, name: string): string[] {
  const pattern = new RegExp(`<${name}(?:\\s[^>]*)?>([^]*?)</${name}>`, 'g');
  return [...xml.matchAll(pattern)].map(([, inside]) => inside!);
}

/** The text of the first element of the name. */
export function text(xml: string, name: string): string | undefined {
  const [first] = elements(xml, name);
  return first === undefined ? undefined : decodeEntities(first);
}
