import type { Page } from './browser.ts';

/** More than any page has of what can be reached. */
const MOST = 200;

const FOCUSED = `(() => {
  const element = document.activeElement;
  const label = element.labels?.[0]?.textContent ?? '';
  const shown = element.matches('select, input') ? label : element.textContent;
  const name = (element.getAttribute('aria-label') ?? shown).trim().replaceAll(/\\s+/g, ' ');
  const outlined = getComputedStyle(element).outlineStyle !== 'none' || getComputedStyle(element).boxShadow !== 'none';
  return { name, visible: element.checkVisibility() && outlined };
})()`;

/**
 * Goes on with Tab alone until that is in focus.
 *
 * @throws Error when there is nothing of that name, or when nobody would see that it is in focus.
 */
export async function tabTo(page: Page, name: RegExp): Promise<void> {
  const passed: string[] = [];
  for (let i = 0; i < MOST; i++) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate<{ name: string; visible: boolean }>(FOCUSED);
    if (!name.test(focused.name)) {
      passed.push(focused.name.slice(0, 40));
      continue;
    }
    if (!focused.visible) throw new Error(`${focused.name} is in focus, and does not look like it`);
    return;
  }
  throw new Error(`${name} cannot be reached by Tab; passed ${[...new Set(passed)].join(' | ')}`);
}

/** Chooses from a list in focus by the beginning of a word, as people type it. */
export async function typeChoice(page: Page, text: string): Promise<void> {
  await page.keyboard.type(text, { delay: 20 });
}
