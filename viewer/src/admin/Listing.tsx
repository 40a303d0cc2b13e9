import { Text, VisuallyHidden } from "@mantine/core";
import type { ReactNode } from "react";
import style from "./admin.module.css";

/** A column: its head, and what stands in a row. The first column names its row. */
export interface Column<Row> {
  head: ReactNode;
  cell: (row: Row) => ReactNode;
  figure?: boolean;
}

/** A table with a caption, and a sentence where there is nothing to list. */
export function Listing<Row>(props: {
  caption: string;
  columns: Column<Row>[];
  rows: readonly Row[];
  name: (row: Row) => string | number;
  empty: string;
  /** Where a heading above says the same, the caption is for screen readers. */
  isQuiet?: boolean;
}) {
  const { caption, columns, rows, name, empty, isQuiet } = props;
  if (rows.length === 0) return <Text c="dimmed">{empty}</Text>;
  return (
    <div className={style.scroll} role="region" aria-label={caption} tabIndex={0}>
      <table className={style.listing}>
        <caption>{isQuiet ? <VisuallyHidden>{caption}</VisuallyHidden> : caption}</caption>
        <thead>
          <tr>
            {columns.map((column, n) => (
              <th key={n} scope="col">
                {column.head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={name(row)}>
              {columns.map((column, n) => {
                const inside = column.figure ? (
                  <span className="figure">{column.cell(row)}</span>
                ) : (
                  column.cell(row)
                );
                if (n > 0) return <td key={n}>{inside}</td>;
                return (
                  <th key={n} scope="row">
                    {inside}
                  </th>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
