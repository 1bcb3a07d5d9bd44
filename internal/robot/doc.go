// Package robot asks the small question that tells a person from a program
// before the first page of the reset portal goes on.
//
// There are two forms: a picture of distorted characters, and a question in
// words that needs no sight. Either answers once, within ten minutes of the
// lab's time, and is compared without regard to case. A picture is drawn from
// the lab's chance, so that the same seed shows the same pictures.
//
// What lives elsewhere: whether a tenant asks at all (policy.ResetSettings), and
// the words of the question, which the pages' catalogues hold in every language.
// This package hands out numbers, never sentences.
package robot
