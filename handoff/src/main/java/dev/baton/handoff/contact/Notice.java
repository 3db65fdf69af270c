package dev.baton.handoff.contact;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import org.jspecify.annotations.Nullable;

/** What the members of a group tell each other about the contact address. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Notice.Ask.class, name = "ask"),
  @JsonSubTypes.Type(value = Notice.Granted.class, name = "granted"),
  @JsonSubTypes.Type(value = Notice.Denied.class, name = "denied"),
  @JsonSubTypes.Type(value = Notice.Released.class, name = "released"),
  @JsonSubTypes.Type(value = Notice.Entry.class, name = "entry"),
  @JsonSubTypes.Type(value = Notice.Kept.class, name = "kept"),
  @JsonSubTypes.Type(value = Notice.Missing.class, name = "missing"),
  @JsonSubTypes.Type(value = Notice.Whole.class, name = "whole"),
})
sealed interface Notice {

  /**
   * Asks everybody for the contact address, or to keep it for a lease more.
   *
   * @param term greater than that of whoever had the address before
   * @param round which asking this is
   * @param holding whether the asker has the address now
   * @param version how much of the record the asker has
   */
  record Ask(long term, long round, Electorate electorate, boolean holding, Ledger.Version version)
      implements Notice {}

  /**
   * Promises not to give the address to anybody else for a lease from now on.
   *
   * @param electorate the {@link Electorate#number} the speaker knows
   * @param newer the record, if the speaker has more of it than the asker
   */
  record Granted(long term, long round, long electorate, Ledger.@Nullable Whole newer)
      implements Notice {}

  /**
   * Does not promise.
   *
   * @param term the greatest the speaker has promised anything for
   * @param promised to whom the speaker has promised the address; null if to nobody
   */
  record Denied(long round, long term, @Nullable String promised, Electorate electorate)
      implements Notice {}

  /**
   * The speaker does not have the address any more, or does not want it.
   *
   * @param leaving whether it leaves the group
   */
  record Released(long term, boolean leaving) implements Notice {}

  /** A change of the record, for everybody to keep. */
  record Entry(Ledger.Version version, Ledger.Change change) implements Notice {}

  /** The speaker has the record up to there. */
  record Kept(Ledger.Version version) implements Notice {}

  /** The speaker lacks something of the record, and wants it whole. */
  record Missing() implements Notice {}

  /** The record from the node that has the address. */
  record Whole(Ledger.Whole ledger) implements Notice {}
}
