import { render } from './helm.ts';
import { CASES, type Case } from './matrix.ts';
import { broken } from './policies/index.ts';
import { BY_SCHEMA, BY_TEMPLATES, type Refused } from './refused.ts';

/** What is wrong with one use of the chart, and what it renders to. */
export async function renders(
  helm: string,
  { files, values, without }: Case,
): Promise<{ readonly problems: readonly string[]; readonly text: string }> {
  const rendered = await render(helm, files, values);
  if (!rendered.ok) return { problems: [rendered.reason], text: '' };
  return { problems: broken(rendered.objects, without), text: rendered.text };
}

/** Why values that have to be refused are not, or not for the right reason; null where all is well. */
export async function refusal(helm: string, { values, says }: Refused): Promise<string | null> {
  const rendered = await render(helm, [], values);
  if (rendered.ok) return 'is not refused';
  return says.test(rendered.reason) ? null : `is refused for another reason: ${rendered.reason}`;
}

/** Every case and every refusal; the texts by the case's name. */
export async function rendersAll(
  helm: string,
): Promise<{ readonly problems: readonly string[]; readonly texts: ReadonlyMap<string, string> }> {
  const problems: string[] = [];
  const texts = new Map<string, string>();
  for (const each of CASES) {
    const { problems: found, text } = await renders(helm, each);
    problems.push(...found.map((problem) => `${each.name}: ${problem}`));
    texts.set(each.name, text);
  }
  for (const each of [...BY_SCHEMA, ...BY_TEMPLATES]) {
    const wrong = await refusal(helm, each);
    if (wrong !== null) problems.push(`${each.name} ${wrong}`);
  }
  return { problems, texts };
}
