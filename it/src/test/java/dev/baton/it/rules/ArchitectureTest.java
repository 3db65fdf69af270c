package dev.baton.it.rules;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import dev.baton.handoff.Log;
import dev.baton.handoff.NodeConfig;
import dev.baton.it.bed.Repository;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Dependencies point one way, as docs/ARCHITECTURE.md says. */
class ArchitectureTest {

  private static final JavaClasses OURS = importModules();

  private static JavaClasses importModules() {
    List<Path> modules =
        Stream.of(
                "http-state",
                "native",
                "anycast",
                "handoff",
                "agent",
                "demo-apps",
                "examples",
                "it")
            .map(module -> Repository.root().resolve(module).resolve("target/classes"))
            .toList();
    return new ClassFileImporter().importPaths(modules);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          dev.baton.http    | dev.baton.http..
          dev.baton.linux   | dev.baton.linux..
          dev.baton.anycast | dev.baton.anycast..,dev.baton.linux..
          dev.baton.handoff | dev.baton.handoff..,dev.baton.anycast..,dev.baton.http..,dev.baton.linux..
          dev.baton.boot    | dev.baton.boot..
          dev.baton.demo    | dev.baton.demo..
          dev.baton.agent   | dev.baton.agent..,dev.baton.boot..,dev.baton.anycast..,dev.baton.handoff..,dev.baton.http..,dev.baton.linux..
          dev.baton.examples | dev.baton.examples..,dev.baton.handoff,dev.baton.handoff.library..
          dev.baton.it      | dev.baton.it..,dev.baton.demo..,dev.baton.anycast..,dev.baton.handoff..,dev.baton.linux..
          """)
  void aModuleKnowsOnlyWhatIsBelowIt(String module, String allowed) {
    ArchRule rule =
        noClasses()
            .that()
            .resideInAPackage(module + "..")
            .should()
            .dependOnClassesThat(
                resideInAPackage("dev.baton..").and(not(resideInAnyPackage(allowed.split(",")))));

    rule.check(OURS);
  }

  @Test
  void anApplicationNeedsNothingButTheLibrarysFace() {
    noClasses()
        .that()
        .resideInAPackage("dev.baton.examples..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("dev.baton.handoff")
                .and(not(assignableTo(NodeConfig.class)))
                .and(not(assignableTo(NodeConfig.Elsewhere.class)))
                .and(not(assignableTo(Log.class))))
        .check(OURS);
  }

  @Test
  void theHandoffDoesNotKnowItsLibrary() {
    noClasses()
        .that()
        .resideInAPackage("dev.baton.handoff")
        .should()
        .dependOnClassesThat(resideInAPackage("dev.baton.handoff.library"))
        .check(OURS);
  }

  @Test
  void theEmulatedNetworkKnowsNothingOfWhatRunsOnIt() {
    noClasses()
        .that()
        .resideInAPackage("dev.baton.it.net..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("dev.baton..").and(not(resideInAPackage("dev.baton.it.net.."))))
        .check(OURS);
  }

  @Test
  void theBootBridgeKnowsNothingButTheJdk() {
    noClasses()
        .that()
        .resideInAPackage("dev.baton.boot..")
        .and()
        .doNotHaveSimpleName("package-info") // Its annotation is for the compiler.
        .should()
        .dependOnClassesThat(not(resideInAnyPackage("java..", "dev.baton.boot..")))
        .check(OURS);
  }

  @Test
  void httpStateHasNoInputOutputAndNoThreads() {
    noClasses()
        .that()
        .resideInAPackage("dev.baton.http..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "java.net..", "java.nio.channels..", "java.nio.file..", "java.util.concurrent..")
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(Thread.class)
        .check(OURS);
  }
}
