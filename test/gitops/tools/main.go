// Command resource-health tells what GitOps tools make of a resource: kstatus, the copy of it that Flux and Helm use, Flux'
// health check expressions, and a Lua health check of Argo CD.
//
// It reads a JSON array of questions from stdin and writes a JSON array of as many answers.
package main

import (
	"encoding/json"
	"fmt"
	"os"
)

func main() {
	if err := answerAll(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func answerAll() error {
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		return fmt.Errorf("the questions are not JSON: %w", err)
	}
	answers := make([]answer, 0, len(questions))
	for index, question := range questions {
		answer, err := question.answer()
		if err != nil {
			return fmt.Errorf("question %d: %w", index, err)
		}
		answers = append(answers, *answer)
	}
	return json.NewEncoder(os.Stdout).Encode(answers)
}
