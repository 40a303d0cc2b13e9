/** To come. */
export function Worklist() {
  return <p>Worklist</p>;
}
