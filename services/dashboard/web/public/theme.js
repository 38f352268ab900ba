// Before the first paint, so that a page in the other theme does not flash: the theme that was chosen here before.
try {
  const theme = localStorage.getItem('theme');
  if (theme === 'dark' || theme === 'light') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is refused: the theme is what the system prefers.
}
