import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Lineage } from '../../api/contract.ts';
import { Skeleton } from '../../components/skeleton.tsx';
import { sectionPath } from '../addresses.ts';
import { Scroller } from '../parts/scroller.tsx';
import type { Picture, TableBox } from './column-picture.ts';
import type { ColumnName } from './column-walk.ts';
import { columnPath } from './lineage-page.tsx';

type PictureProps = {
  readonly pipeline: string;
  readonly lineage: Lineage;
  readonly chosen: ColumnName | null;
  /** The table that is chosen, where no column is. */
  readonly table: string | null;
};

/** The lineage as boxes and arrows; every column in it leads to its own. */
export function LineagePicture({ pipeline, lineage, chosen, table }: PictureProps): JSX.Element {
  const [picture, setPicture] = useState<Picture | null>(null);
  const [ofTable, ofColumn] = [chosen?.table, chosen?.column];
  useEffect(() => {
    let wanted = true;
    void import('./column-picture.ts').then(({ columnPicture, tablePicture }) => {
      if (!wanted) return;
      const column = ofTable === undefined || ofColumn === undefined ? null : { table: ofTable, column: ofColumn };
      setPicture(column === null ? tablePicture(lineage.tables) : columnPicture(lineage.columns, column));
    });
    return () => {
      wanted = false;
    };
  }, [lineage, ofTable, ofColumn]);
  if (picture === null) return <Skeleton lines={8} />;
  return (
    <Scroller label="Lineage as a picture">
      <div class="lineage" style={{ width: `${picture.width}px`, height: `${picture.height}px` }}>
        <svg class="edges" width={picture.width} height={picture.height} aria-hidden="true" focusable="false">
          {picture.arrows.map(({ id, path }) => (
            <path key={id} d={path} />
          ))}
        </svg>
        <ol aria-label="Tables">
          {picture.boxes.map((box) => (
            <Box
              key={box.table}
              box={box}
              reads={lineage.tables.filter(({ target }) => target === box.table).map(({ source }) => source)}
              pipeline={pipeline}
              chosen={chosen}
              active={box.table === table}
            />
          ))}
        </ol>
      </div>
    </Scroller>
  );
}

type BoxProps = {
  readonly box: TableBox;
  /** Its arrows in words. */
  readonly reads: readonly string[];
  readonly pipeline: string;
  readonly chosen: ColumnName | null;
  readonly active: boolean;
};

const Box = ({ box, reads, pipeline, chosen, active }: BoxProps): JSX.Element => (
  <li
    class={`lineage-box ${active ? 'active' : ''}`}
    style={{ left: `${box.x}px`, top: `${box.y}px`, width: `${box.width}px`, height: `${box.height}px` }}
  >
    <a class="lineage-table" href={sectionPath(pipeline, 'lineage', { table: box.table })} title={box.table}>
      {box.table}
    </a>
    {reads.length > 0 && <span class="visually-hidden">, reads {reads.join(', ')}</span>}
    {box.columns.length > 0 && (
      <ul>
        {box.columns.map((column) => {
          const here = chosen?.table === box.table && chosen.column === column;
          return (
            <li key={column}>
              <a
                href={columnPath(pipeline, { table: box.table, column })}
                title={column}
                {...(here ? { 'aria-current': 'true' as const } : {})}
              >
                {column}
              </a>
            </li>
          );
        })}
      </ul>
    )}
  </li>
);
