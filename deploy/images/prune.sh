#!/bin/sh
# Removes from the folder of the application what no program reads when it runs.
set -eu
cd "$1"
rm -rf libs/testkit services/dashboard/web/src services/dashboard/web/build services/dashboard/web/public
find libs services pipelines -type d \( -name test -o -name fixtures \) -not -path '*/node_modules/*' -prune -exec rm -rf {} +
find libs services pipelines -type f -name '*.md' -not -path '*/template/*' -not -path '*/node_modules/*' -delete
# Of packages: types, source maps, prose; the licences stay.
find node_modules -type f \( -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.map' -o -name '*.flow' \) -delete
find node_modules -type f \( -iname '*.md' -o -iname '*.markdown' \) -not -iname 'licen[cs]e*' -not -iname 'notice*' -delete
find node_modules -type d -path '*/node_modules/@types' -prune -exec rm -rf {} +
find node_modules -depth -type d -name '@types+*' -exec rm -rf {} +
find . -xtype l -delete
find . -type d -empty -delete
rm -f pnpm-lock.yaml node_modules/.modules.yaml node_modules/.pnpm-workspace-state*.json node_modules/.package-map.json
rm -rf patches
