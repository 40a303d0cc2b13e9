import { type KeyboardEvent, useRef } from "react";
import { useTranslation } from "react-i18next";
import { BOX, type Layout, neighbour } from "./layout";
import styles from "./Trail.module.css";

/** Signs of those who decide. */
export const SIGNS: Readonly<Record<string, string>> = {
  stage: "⚙", coordinator: "◇", evaluator: "✓", human: "✎",
};

/** What the picture shows and what is chosen in it. */
export interface GraphProps {
  layout: Layout;
  chosen: number | undefined;
  choose: (id: number) => void;
}

function Edges({ layout, chosen }: { layout: Layout; chosen: number | undefined }) {
  const isNear = (edge: Layout["edges"][number]) =>
    edge.from.step.id === chosen || edge.to.step.id === chosen;
  return (
    <svg className={styles.edges} width={layout.width} height={layout.height} aria-hidden="true">
      <defs>
        <marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerUnits="userSpaceOnUse" markerWidth="10" markerHeight="10" orient="auto">
          <path d="M0 0L8 4L0 8z" />
        </marker>
      </defs>
      {layout.edges.map((edge) => (
        <path
          key={`${edge.from.step.id} ${edge.to.step.id}`}
          d={edge.path}
          data-near={isNear(edge) || undefined}
          markerEnd="url(#tip)"
        />
      ))}
    </svg>
  );
}

/** The run as a picture: stages from left to right, in every language. Arrow keys follow the edges. */
export function Graph({ layout, chosen, choose }: GraphProps) {
  const { t } = useTranslation(["trail", "vocabulary"]);
  const boxes = useRef(new Map<number, HTMLButtonElement>());
  const press = (event: KeyboardEvent, id: number) => {
    const next = neighbour(layout, id, event.key);
    if (next === undefined) return;
    event.preventDefault();
    choose(next);
    boxes.current.get(next)?.focus();
  };
  return (
    <div className={`${styles.pan} figure`} tabIndex={0} role="region" aria-label={t("trail:graph")}>
      <div className={styles.canvas} style={{ width: layout.width, height: layout.height }}>
        <Edges layout={layout} chosen={chosen} />
        {layout.columns.map(({ stage, x }) => (
          <div key={stage} className={styles.column} style={{ left: x, width: BOX.width }}>
            <bdi>{t(`vocabulary:stage_${stage}`, { defaultValue: stage })}</bdi>
          </div>
        ))}
        {layout.steps.map(({ step, x, y }) => (
          <button
            key={step.id}
            ref={(box) => {
              if (box) boxes.current.set(step.id, box);
              else boxes.current.delete(step.id);
            }}
            type="button"
            className={styles.box}
            data-by={step.by}
            aria-pressed={step.id === chosen}
            style={{ left: x, top: y, width: BOX.width, height: BOX.height }}
            onClick={() => choose(step.id)}
            onKeyDown={(event) => press(event, step.id)}
          >
            <span className={styles.boxTitle} lang="en">
              {step.timepoint ? `${step.timepoint}: ` : ""}
              {step.title}
            </span>
            <span className={styles.boxBy}>
              <span aria-hidden="true">{SIGNS[step.by] ?? "·"} </span>
              <bdi>{t(`vocabulary:by_${step.by}`, { defaultValue: step.by })}</bdi>
            </span>
          </button>
        ))}
      </div>
    </div>
  );
}
