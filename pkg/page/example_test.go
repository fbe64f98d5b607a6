package page_test

import (
	"encoding/json"
	"fmt"

	"notionsync/pkg/page"
)

func ExampleSlugify() {
	fmt.Println(page.Slugify("Crème brûlée: a short story!"))
	fmt.Println(page.Slugify("हिन्दी में"))
	// Output:
	// creme-brulee-a-short-story
	// हिन्दी-में
}

func ExampleParseID() {
	fmt.Println(page.ParseID("https://www.notion.so/acme/Docs-0c940186ab704351bb342d16f0635d49?v=2b7b01f040a8"))
	fmt.Println(page.ParseID("docs/getting-started"))
	// Output:
	// 0c940186-ab70-4351-bb34-2d16f0635d49 true
	//  false
}

func ExampleProperties() {
	o, err := page.DecodeObject([]byte(`{"object":"page","id":"0c940186-ab70-4351-bb34-2d16f0635d49","properties":{
		"Name":{"type":"title","title":[{"plain_text":"Launch"}]},
		"Tags":{"type":"multi_select","multi_select":[{"name":"go"},{"name":"notion"}]},
		"Price":{"type":"number","number":12.50},
		"Day":{"type":"date","date":{"start":"2026-01-02","end":null,"time_zone":null}},
		"New":{"type":"novelty","novelty":{"as":"sent"}}}}`))
	if err != nil {
		panic(err)
	}
	values, err := json.MarshalIndent(page.Properties(o), "", "  ")
	if err != nil {
		panic(err)
	}
	fmt.Println(string(values))
	// Output:
	// {
	//   "Day": {
	//     "start": "2026-01-02",
	//     "end": null,
	//     "timeZone": null
	//   },
	//   "Name": "Launch",
	//   "New": {
	//     "as": "sent"
	//   },
	//   "Price": 12.50,
	//   "Tags": [
	//     "go",
	//     "notion"
	//   ]
	// }
}

func ExampleMarshalBlocks() {
	toggle := page.Block{Raw: json.RawMessage(`{"id":"1","type":"toggle","new":{"n":1.0}}`)}
	toggle.Children = []page.Block{{Raw: json.RawMessage(`{"id":"2","type":"divider"}`)}}
	fmt.Println(string(page.MarshalBlocks([]page.Block{toggle})))
	// Output: [{"id":"1","type":"toggle","new":{"n":1.0},"children":[{"id":"2","type":"divider"}]}]
}

func ExampleMarkdown() {
	blocks, err := page.DecodeTree([]byte(`[
		{"object":"block","id":"1","type":"heading_2","heading_2":{"rich_text":[{"plain_text":"Lists"}]}},
		{"object":"block","id":"2","type":"to_do","to_do":{"checked":true,"rich_text":[
			{"plain_text":"read "},
			{"plain_text":"this ","annotations":{"bold":true}},
			{"plain_text":"page","href":"/0c940186ab704351bb342d16f0635d49"}]}}]`))
	if err != nil {
		panic(err)
	}
	fmt.Print(page.Markdown(blocks, map[string]string{"0c940186-ab70-4351-bb34-2d16f0635d49": "docs/intro"}))
	// Output:
	// ## Lists
	//
	// - [x] read **this** [page](/docs/intro)
}
