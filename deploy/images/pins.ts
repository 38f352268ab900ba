// Images by digest: a version can be moved to another image, a digest cannot.

/** An image of docker-compose.yml that a variable replaces. */
export type Replaceable = { readonly variable: string; readonly image: string };

/** The images that docker-compose.yml takes from elsewhere, each once. */
export function replaceable(compose: string): readonly Replaceable[] {
  const found = [...compose.matchAll(/^\s+image: \$\{(\w+_IMAGE):-([^}]+)\}$/gm)];
  const images = new Map(found.map(([, variable = '', image = '']) => [variable, image]));
  // Ours is built, and gets a digest where it is pushed to.
  images.delete('MEDALLION_IMAGE');
  return [...images].map(([variable, image]) => ({ variable, image }));
}

/** Lines for a file `.env`, and which images have no digest on this machine. */
export type Pins = { readonly lines: readonly string[]; readonly without: readonly string[] };

/** Names each image by its version and its digest; `digestOf` gives `sha256:…`, or null where none is known. */
export function pinned(images: readonly Replaceable[], digestOf: (image: string) => string | null): Pins {
  const known = images.map((each) => ({ ...each, digest: digestOf(each.image) }));
  return {
    lines: known.flatMap(({ variable, image, digest }) => (digest === null ? [] : [`${variable}=${image}@${digest}`])),
    without: known.flatMap(({ image, digest }) => (digest === null ? [image] : [])),
  };
}
