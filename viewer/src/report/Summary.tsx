/** To come. */
export function Summary() {
  return <p>Summary</p>;
}
