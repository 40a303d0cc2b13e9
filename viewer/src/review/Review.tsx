/** To come. */
export function Review() {
  return <p>Review</p>;
}
