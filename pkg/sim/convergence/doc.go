// Package convergence says, from Notion's state alone, what a site must hold, and makes random edits to try it with.
//
// A test runs a [Script] against the real routes and compares what Redis then holds ([Read]) with [Expected], by
// [Differences]. Nothing here knows the engine: Expected is a plain function of the workspace, the configuration and the
// addresses that pages had before, written from the contract. A failing script is made short by [Shrink].
//
// What must hold:
//   - after a full sync that nothing disturbs the site is what Expected says
//   - after the jobs of webhook events every page that an event named is
//   - a page that has been on the site is never missing from it while it lives: see [Living]
//
// # Where the contract is silent
//
// These readings are what the owner of a site would expect:
//   - A page below a page that has no address (it lost a conflict over its slug) gets none; one that was published stays
//     where it was.
//   - A published page that loses a conflict stays at its old slug with what it showed there. Whether it stands in its
//     index and its parent's childPages meanwhile is left open. What stands below it carries the collection that it shows.
//   - While a database can't be listed, its published pages stay, with all below them. Other pages that are gone may stay
//     or go.
//   - Where the brake holds, pages that are gone because of the configuration stay. Others that are gone may stay or go.
//   - A row that is not shared is gone like one that was deleted. A child page that is not shared, but still named by the
//     blocks of its parent, may stay or go.
//   - A row of a database inside a page whose slug is "/" alone is the front page, as a collection's page is.
package convergence
