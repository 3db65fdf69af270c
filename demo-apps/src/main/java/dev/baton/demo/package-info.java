/**
 * Ordinary servers, as anybody would write them: they know nothing of Baton and nothing in here may
 * ever change that. They all answer the same paths ({@link dev.baton.demo.Endpoints}), so that what
 * works with one can be tried with the others.
 */
@NullMarked
package dev.baton.demo;

import org.jspecify.annotations.NullMarked;
