package dev.baton.agent.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code 64M}: a number of bytes, alone or with K, M or G for powers of 1024. */
final class SizeConverter implements ITypeConverter<Long> {
  private static final Pattern SIZE = Pattern.compile("(\\d{1,9})(|[KMG](iB)?)");
  private static final String UNITS = "KMG";

  @Override
  public Long convert(String text) {
    Matcher size = SIZE.matcher(text);
    if (!size.matches()) {
      throw new TypeConversionException(
          String.format(Locale.ROOT, "'%s' is not a number of bytes such as 64M", text));
    }
    String unit = size.group(2);
    int power = unit.isEmpty() ? 0 : UNITS.indexOf(unit.charAt(0)) + 1;
    return Long.parseLong(size.group(1)) << (10 * power);
  }
}
