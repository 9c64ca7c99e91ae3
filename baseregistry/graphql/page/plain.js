"use strict";
// The plain form: one question, one answer, by the same endpoint.
const field = (name) => document.getElementById(name);

async function ask() {
  const body = JSON.stringify({ query: field("query").value, variables: JSON.parse(field("variables").value || "{}") });
  const headers = { "Content-Type": "application/json" };
  const token = field("token").value.trim();
  if (token) {
    headers.Authorization = "Bearer " + token;
    for (const [header, name] of [["X-Purpose", "purpose"], ["X-Case", "case"]]) {
      if (field(name).value.trim()) headers[header] = field(name).value.trim();
    }
  }
  const response = await fetch("/graphql", { method: "POST", headers, body });
  return JSON.stringify(await response.json(), null, 2);
}

field("question").addEventListener("submit", async (event) => {
  event.preventDefault();
  field("answer").textContent = "…";
  field("answer").textContent = await ask().catch((failure) => String(failure));
});
