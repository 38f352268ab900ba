// npm run check:helm [-- --strict]: the whole check of the chart; deploy/helm/check.ts says what it does.
import '../deploy/helm/check.ts';
