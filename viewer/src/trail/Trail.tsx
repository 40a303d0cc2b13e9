/** To come. */
export function Trail() {
  return <p>Trail</p>;
}
